"""Numbers as the visitor reads them. The page's JavaScript writes them the same way."""


def whole(value: int) -> str:
    """ "786,432"."""
    return f"{value:,}"


def percent(share: float, digits: int = 1) -> str:
    """ "16.1 %"; a share that rounds to nothing or to all, and is neither, as "<0.1 %" or ">99.9 %"."""
    step = 10.0**-digits
    if 0 < 100 * share < step / 2:
        return f"<{step:.{digits}f} %"
    if 100 - step / 2 <= 100 * share < 100:
        return f">{100 - step:.{digits}f} %"
    return f"{100 * share:.{digits}f} %"


def spoken(share: float, digits: int = 1) -> str:
    """The same within a sentence: "less than 0.1 %", "more than 99.9 %"."""
    return percent(share, digits).replace("<", "less than ").replace(">", "more than ")


def counted(count: int, word: str) -> str:
    """ "1 blob", "2 blobs"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def listed(words: list[str]) -> str:
    """ "cow, horse and person"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

"""The mean of two networks."""

import pytest
import torch

from seg.training import soup


def test_files_of_two_folders_are_averaged_where_both_have_them(tmp_path, capsys):
    for name, value in (("a", 1.0), ("b", 4.0)):
        (tmp_path / name).mkdir()
        torch.save(
            {"weight": torch.full((2, 3), value).half(), "bias": torch.tensor([-value])}, tmp_path / name / "x.pt"
        )
    torch.save({"weight": torch.zeros(1)}, tmp_path / "a" / "alone.pt")
    soup.main([str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "c")])
    assert capsys.readouterr().out.split() == [str(tmp_path / "c" / "x.pt")]
    found = torch.load(tmp_path / "c" / "x.pt", weights_only=True)
    assert found["weight"].tolist() == [[2.5] * 3] * 2
    assert found["bias"].tolist() == [-2.5]
    with pytest.raises(ValueError, match="different networks"):
        soup.main([str(tmp_path / "a" / "alone.pt"), str(tmp_path / "b" / "x.pt"), "--out", str(tmp_path / "d.pt")])

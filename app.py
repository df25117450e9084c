"""The page, served. `python app.py`, then open the address it prints. PORT or GRADIO_SERVER_PORT choose the port,
GRADIO_SERVER_NAME the address to listen on, SEG_MODEL the model it opens with, SEG_PRELOAD the models to fetch.
"""

import contextlib
import ctypes
import inspect
import os
import signal
import socket
import sys
import threading

# Before gradio and huggingface_hub are imported: they report to nobody and ask nobody about versions.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# Before torch is imported: its threads sleep while they wait for each other. With spinning, the default, a photo took
# four times the processor time where others were at work on the same cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

VISITORS_KEPT = 100  # sessions in memory, about 5 MB each with a photo of their own
WAITING = 64  # visitors in the queue before the page asks to come back later
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def main() -> None:
    """Load the model, build the page, serve it until interrupted.

    Exits with 1 and one sentence when port, folder for uploads or weights are not usable. The port comes first; torch
    and gradio, which take seconds to import, come after it.
    """
    ending = threading.Event()

    def end(*_) -> None:
        """An end like any other: the folder of uploads goes. Where Python collects garbage it drops the exception."""
        ending.set()
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    share_freed_memory()
    try:
        host, port = address()
        bypass_proxies(host)
        load_model()
    except (OSError, ValueError) as error:
        sys.exit(f"The page cannot start: {error}.")

    from seg.models.warm_up import warm_up_heads
    from seg.page.layout import build_page, launch_settings

    page = build_page()
    page.queue(max_size=WAITING, default_concurrency_limit=4, api_open=False)  # nobody goes round the queue
    try:
        page.launch(
            server_name=host,
            server_port=port,
            state_session_capacity=VISITORS_KEPT,
            prevent_thread_lock=True,  # so that a line of ours can be printed
            **launch_settings(),
        )
    except OSError as error:  # gradio wants the port on 127.0.0.1 as well, whatever the host
        sys.exit(f"The page cannot start: port {port} cannot be used ({str(error).rstrip('.')}).")
    print(f"Open http://{host}:{port}", *filter(None, [page.mcp_error]), sep="\n", flush=True)
    warm_up_heads()  # after the page is up: no visitor waits for it
    if not ending.is_set():
        page.block_thread()


def share_freed_memory() -> None:
    """Let the C library keep two pools of memory, not eight a core: what one thread frees serves the next photo's
    thread. Twenty visitors at once took 130 MB more without. Does nothing where there is no glibc.
    """
    with contextlib.suppress(OSError, TypeError, AttributeError):
        ctypes.CDLL(None).mallopt(-8, 2)  # M_ARENA_MAX of its malloc.h


def load_model() -> None:
    """Load and warm up the model the page opens with, and begin to fetch those of SEG_PRELOAD.

    Raises ValueError or OSError where the folder for uploads or the weights do not serve.
    """
    from seg.page.server.uploads import make_upload_folder

    make_upload_folder()  # before gradio is imported
    import_gradio()

    from seg.models.predictor import load_predictor
    from seg.page.server import zerogpu
    from seg.page.tabs import downloads

    lent = zerogpu.lend_gpu()
    predictor = load_predictor(progress=progress_printer())
    if not lent:
        predictor.warm_up()
    downloads.preload(os.environ.get("SEG_PRELOAD", ""))


def import_gradio() -> None:
    """Import gradio without the stubs for editors that it would write beside every module with a component: for each of
    its hundred components it parses the whole module twice, which is two fifths of the import's time.
    """
    find = inspect.getfile

    def find_unless_for_a_stub(thing) -> str:
        if inspect.currentframe().f_back.f_globals["__name__"] == "gradio.component_meta":
            raise OSError("no source, no stub")
        return find(thing)

    inspect.getfile = find_unless_for_a_stub
    try:
        import gradio  # noqa: F401
    finally:
        inspect.getfile = find
    for module in (sys.modules.get("gradio.component_meta"), sys.modules.get("gradio.blocks_events")):
        if hasattr(module, "create_or_modify_pyi"):  # nor for what we define
            module.create_or_modify_pyi = lambda *_: None


def address() -> tuple[str, int]:
    """Host and port to listen on, an IPv6 host in brackets. Raises ValueError when nobody can listen there.

    GRADIO_SERVER_NAME leaves the environment: gradio reads it too, and fails on IPv6 addresses.
    """
    host = (os.environ.pop("GRADIO_SERVER_NAME", "") or "127.0.0.1").strip("[]")
    text = os.environ.get("PORT") or os.environ.get("GRADIO_SERVER_PORT") or "7860"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError(f'PORT must be a number from 1 to 65535, got "{text}"')
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, int(text)), family=family):
            return f"[{host}]" if family == socket.AF_INET6 else host, int(text)
    except (OSError, UnicodeError) as error:
        reason = str(getattr(error, "strerror", None) or error).split(" (while")[0]  # what follows repeats the address
        raise ValueError(
            f"port {text} of {host} cannot be used ({reason}): stop the program that has it, or choose another port, "
            f"for example PORT={int(text) % 65535 + 1} python app.py"
        ) from error


def bypass_proxies(host: str) -> None:
    """Let requests of this machine to `host` go past the proxies of the environment: gradio asks its own server
    whether it is up. Proxies that are not HTTP, such as socks5, are dropped: httpx raises an error where there is one.
    """
    for name in [name for name in os.environ if name.lower() in PROXIES]:
        if "://" in os.environ[name] and not os.environ[name].lower().startswith(("http://", "https://")):
            del os.environ[name]
    past = [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "localhost", "127.0.0.1", "::1", host.strip("[]")]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, past))


def progress_printer():
    """A progress(bytes done, bytes in all) of the start-up model's download that prints a line for every tenth."""
    printed = set()

    def progress(done: int, total: int) -> None:
        tenth = 10 * done // total
        if tenth not in printed:
            printed.add(tenth)
            print(f"Fetching the model: {done / 1e6:.0f} of {total / 1e6:.0f} MB", flush=True)

    return progress


if __name__ == "__main__":
    main()

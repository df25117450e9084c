"""The page, served. `python app.py`, then open the address it prints. PORT or GRADIO_SERVER_PORT choose the port,
SEG_MODEL the model it opens with, SEG_PRELOAD the models to fetch meanwhile.
"""

import os
import signal
import socket
import sys

# Before gradio and huggingface_hub are imported: they report to nobody and ask nobody about versions.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# Before torch is imported: its threads sleep while they wait for each other. With spinning, the default, a photo took
# four times the processor time where others were at work on the same cores.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from seg.models.predictor import load_predictor
from seg.page.server.uploads import make_upload_folder
from seg.photo.decode import MAX_BYTES

VISITORS_KEPT = 100  # sessions in memory, about 5 MB each with a photo of their own
WAITING = 64  # visitors in the queue before the page asks to come back later


def main() -> None:
    """Load the model, build the page, serve it until interrupted.

    Exits with 1 and one sentence when the port or the weights are not usable.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # an end like any other: the folder of uploads goes
    make_upload_folder()

    from seg.page.server import zerogpu
    from seg.page.tabs import downloads as depot

    try:
        host, port = address()
        lent = zerogpu.lend_gpu()
        predictor = load_predictor(progress=announce())
        if not lent:
            predictor.warm_up()
        depot.preload(os.environ.get("SEG_PRELOAD", ""))
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"The page cannot start: {error}.")

    from seg.page.layout import build_page, launch_settings

    page = build_page()
    page.queue(max_size=WAITING, default_concurrency_limit=4, api_open=False)  # nobody goes round the queue
    page.launch(
        server_name=host,
        server_port=port,
        max_file_size=MAX_BYTES + 1_000_000,  # a little over: the sentence about the limit is seg.photo.decode's
        state_session_capacity=VISITORS_KEPT,
        allowed_paths=[],
        show_error=False,
        run_history=False,
        ssr_mode=False,
        pwa=False,
        **launch_settings(),
    )


def address() -> tuple[str, int]:
    """Host and port to listen on. Raises ValueError, before anything slow, when that cannot be."""
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    text = os.environ.get("PORT") or os.environ.get("GRADIO_SERVER_PORT") or "7860"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ValueError(f'PORT must be a number from 1 to 65535, got "{text}"')
    try:
        with socket.create_server((host, int(text))):
            return host, int(text)
    except OSError as error:
        raise ValueError(
            f"port {text} of {host} cannot be used ({os.strerror(error.errno or 0)}): stop the program that has it, or "
            f"choose another port, for example PORT={int(text) % 65535 + 1} python app.py"
        ) from error


def announce():
    """A progress(bytes done, bytes in all) of the start-up model's download, for whoever reads the log."""
    told = set()

    def progress(done: int, total: int) -> None:
        tenth = 10 * done // total
        if tenth not in told:
            told.add(tenth)
            print(f"Fetching the model: {done / 1e6:.0f} of {total / 1e6:.0f} MB", flush=True)

    return progress


if __name__ == "__main__":
    main()

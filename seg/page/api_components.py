"""What the public endpoints take, typed: the names and ranges stand in the schema that gradio_client, "Use via API" and
MCP clients read. What is sent reaches the function as it is, which checks it: its own sentences say what is wrong and
what to do, where gradio's would only say that a value "is not in the list of choices".
"""

import gradio as gr
from gradio.data_classes import FileData as GradioFileData
from gradio_client.utils import is_file_obj_with_meta

NO_FILE = (
    'A file is sent as {"path": where the upload put it, "meta": {"_type": "gradio.FileData"}}: '
    "handle_file of gradio_client makes such an object."
)


class FileData(GradioFileData):
    """What stands for a file in a request. Anything else is refused with a sentence."""

    @classmethod
    def model_validate(cls, value, **settings):
        if not is_file_obj_with_meta(value):
            raise gr.Error(NO_FILE, print_exception=False)
        return super().model_validate(value, **settings)


class File(gr.File):
    """One file, handed to the function as the path of its upload: gr.File(label=...)."""

    def __init__(self, label: str):
        super().__init__(label=label, type="filepath")
        self.data_model = FileData

    def get_block_name(self) -> str:
        return "file"


class Dropdown(gr.Dropdown):
    """One name of several: gr.Dropdown(names, value=..., label=...)."""

    def preprocess(self, payload):
        return payload

    def get_block_name(self) -> str:
        return "dropdown"


class Checkbox(gr.Checkbox):
    """Yes or no: gr.Checkbox(label=...), no where nothing is sent."""

    def preprocess(self, payload):
        return payload

    def get_block_name(self) -> str:
        return "checkbox"


class Number(gr.Number):
    """A number of a range: gr.Number(value, minimum=..., maximum=..., precision=0 for whole ones, label=...)."""

    def preprocess(self, payload):
        return payload

    def api_info(self) -> dict:
        return {**super().api_info(), "minimum": self.minimum, "maximum": self.maximum}

    def get_block_name(self) -> str:
        return "number"

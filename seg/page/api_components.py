"""What the public endpoints take, typed: the names and ranges stand in the schema that gradio_client, "Use via API" and
MCP clients read. What is sent reaches the function as it is, which checks it: its own sentences say what is wrong and
what to do, where gradio's would only say that a value "is not in the list of choices".
"""

import gradio as gr


class Dropdown(gr.Dropdown):
    """One name of several: gr.Dropdown(names, value=..., label=...)."""

    def preprocess(self, payload):
        return payload

    def get_block_name(self) -> str:
        return "dropdown"


class Number(gr.Number):
    """A number of a range: gr.Number(value, minimum=..., maximum=..., precision=0 for whole ones, label=...)."""

    def preprocess(self, payload):
        return payload

    def api_info(self) -> dict:
        return {**super().api_info(), "minimum": self.minimum, "maximum": self.maximum}

    def get_block_name(self) -> str:
        return "number"

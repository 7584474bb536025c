"""Assistants: named instructions, model and sampling."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DEFAULT = "Homeroom"
INSTRUCTIONS = "You are Homeroom, a friendly and honest assistant. Answer briefly and clearly."

FILE_SEARCH: "HostedTool" = "file_search"  # of course material


HostedTool = Literal["web_search", "image_generation", "code_interpreter", "file_search"]
"""What a server of Responses can do itself."""


class Assistant(BaseModel):
    """Who answers, and how. Settings that are not given are the model's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = DEFAULT
    instructions: str = INSTRUCTIONS
    model: str | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_output_tokens: int | None = Field(default=None, ge=16)
    # Of what was said before, taken along with each question; what is older is summed up:
    history_tokens: int = Field(default=6000, ge=0)
    tools: tuple[str, ...] = ()  # names of what it may use: "roll_dice", "calendar:*"
    hosted: tuple[HostedTool, ...] = ()  # what the model's server does itself
    grounded: Literal["off", "only"] = "off"  # only: what has no source is not said
    thoughts: Literal["hide", "show"] = "hide"  # what the model thinks before it answers

    def sampling(self) -> dict[str, float]:
        given = {"temperature": self.temperature, "top_p": self.top_p}
        return {name: value for name, value in given.items() if value is not None}

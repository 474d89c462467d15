"""What tests of scenario and plan models share: the text of a refusal, and parts given again and again."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

DAY_SHIFT = {"start": "08:00", "end": "16:00", "headcount": 2}
FILE = {"file": "orders.csv", "from": "2026-01-05", "to": "2026-01-06"}


def refused(model: type[BaseModel], **given: Any) -> str:
    """The text of the refusal."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return str(caught.value)

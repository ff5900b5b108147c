"""Explanations: why a person is in an audience or not, what is nearest to changing that, and when time does."""

from transforms.audience.explaining.explanation import Explanation, explain_person
from transforms.audience.explaining.question import Question

__all__ = ["Explanation", "Question", "explain_person"]

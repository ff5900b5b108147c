"""The audience language as documents write it: pydantic models, from which its JSON Schema comes. No meaning yet."""

"""``statectl states``: every state there is, and what each says of itself."""

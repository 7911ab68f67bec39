"""Bodies of /communications. What a request or a quote is made of comes with an engine for them."""

import msgspec


class GetCommunicationsIDResponse(msgspec.Struct, frozen=True):
    communications_id: str

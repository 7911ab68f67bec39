"""The two kinds of REST body. Knows how optional fields behave, nothing of any resource."""

from typing import Annotated

import msgspec

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""Every integer of a request: what does not fit Go's int64 does not decode."""

UnixSeconds = Annotated[int, msgspec.Meta(ge=-253_402_300_799, le=253_402_300_799)]
"""A time no later than year 9999, so that it is a 64-bit number in microseconds too."""


class Request(msgspec.Struct, frozen=True, gc=False):
    """A body we read. Its class name is the schema's and stands in decode errors (SEMANTICS A1).

    An optional field may be absent or null: Go's decoder takes both.
    """


class EmptyRequest(Request, frozen=True):
    """`{}`: for a POST or PUT without parameters, which has to say that it is JSON (SEMANTICS K15)."""


class Response(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A body we write: a field that has its default is left out. Fields stand in the alphabetical order the
    recorded wire has.
    """


class EmptyResponse(Response, frozen=True):
    """`{}`: OAS:EmptyResponse, and what a 200 without a schema answers."""

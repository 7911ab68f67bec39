"""The two kinds of REST body. Knows how optional fields behave, nothing of any resource."""

import msgspec


class Request(msgspec.Struct, frozen=True, gc=False):
    """A body we read. Its class name is the schema's and stands in decode errors (SEMANTICS A1).

    An optional field may be absent or null: Go's decoder takes both.
    """


class Response(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A body we write: a field that has its default is left out. Fields stand in the alphabetical order the
    recorded wire has.
    """


class EmptyResponse(Response, frozen=True):
    """`{}`: OAS:EmptyResponse, and what a 200 without a schema answers."""

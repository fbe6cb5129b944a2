"""The shape of the client, for type checkers: shape.pyi, made by scripts/shape.py. At run time the catalog knows it."""


class Shape:
    """Has the client's resources and methods as its attributes; each method is a route."""

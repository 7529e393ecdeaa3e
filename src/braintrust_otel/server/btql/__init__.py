"""The part of BTQL that clients read rows with: select, from, filter, sort, limit, cursor."""

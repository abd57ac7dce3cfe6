"""How far sources that are fetched at set times were read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pulls",
        sa.Column("source", sa.String, primary_key=True, comment="name of a folder or an address that is fetched at set times"),
        sa.Column("progress", sa.Text, nullable=False, comment="JSON: how far an address was read; of a folder empty"),
        sa.Column("pulled_at", sa.BigInteger, comment="when it was read to its end last; null: never yet"),
    )
    op.create_table(
        "pulled_files",
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("name", sa.String, primary_key=True, comment="path inside the folder"),
        sa.Column("digest", sa.String, nullable=False, comment="BLAKE2b of the first `bytes`"),
        sa.Column("bytes", sa.BigInteger, nullable=False, comment="how much of it was told"),
        sa.Column("lines", sa.BigInteger, nullable=False, comment="line ends in these"),
        sa.Column("size", sa.BigInteger, nullable=False, comment="of the file when it was read"),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("pulled_contents", "pulled_files", ["source", "digest"])

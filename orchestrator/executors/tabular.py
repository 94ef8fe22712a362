"""Tables in files: CSV and Parquet."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.executors.errors import UnusableTable

if TYPE_CHECKING:
    import pandas as pd


def read_table(path: Path, where: str) -> "pd.DataFrame":
    """The table in `path`, a `.csv` or `.parquet` file, rows in the order of the file.

    Numbers are read exactly as they were written. `where` is the key of the campaign file that names the path.
    Raises UnusableTable.
    """
    import pandas as pd

    if not path.is_file():
        raise UnusableTable(f"{where}: there is no file {path}. Paths are relative to the campaign file.")
    try:
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
        elif path.suffix == ".csv":
            table = pd.read_csv(path, skipinitialspace=True)
        else:
            raise UnusableTable(f"{where}: {path} is neither a .csv nor a .parquet file.")
    except (OSError, ValueError) as error:  # pandas' and pyarrow's own errors are kinds of ValueError
        raise UnusableTable(f"{where}: {path} cannot be read as a table: {error}") from error
    if table.empty:
        raise UnusableTable(f"{where}: {path} has no rows.")
    table = table.reset_index(drop=table.index.names == [None])
    table.columns = table.columns.astype(str)
    return table


def require_columns(table: "pd.DataFrame", path: Path, where: str, columns: Iterable[str]) -> None:
    """Raises UnusableTable unless `table`, read from `path`, has every one of `columns`.

    `where` is the key of the campaign file that names them.
    """
    from orchestrator.campaign.suggestion import did_you_mean

    known = [str(column) for column in table.columns]
    for column in columns:
        if known.count(column) != 1:
            fault = "no column" if column not in known else "more than one column"
            raise UnusableTable(
                f"{where}: {path.name} has {fault} '{column}'.{did_you_mean(column, known)} "
                f"Its columns: {', '.join(known)}."
            )

"""The contract of the four doors: into another module only through operations, queries, contracts, errors.

The floors themselves are import-linter's own layers contract; both are named in pyproject.toml and run by
`make borders`. `core` and `events` are tools of every module and open as they are; `main` assembles everything;
`api` takes each module's router; `web` and `twin` go through the doors like everyone else.
"""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

DOORS = frozenset({"operations", "queries", "contracts", "errors"})


class FourDoorsContract(Contract):  # type: ignore[misc]  # import-linter carries no types
    """Every import between two modules ends at a door of the imported one."""

    open_modules = fields.SetField(subfield=fields.StringField())
    assemblers = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 - import-linter's signature
        """Collect the imports that come in through a window."""
        windows = sorted(
            (importer, imported)
            for importer in graph.modules
            for imported in graph.find_modules_directly_imported_by(importer)
            if not self._is_allowed(importer, imported)
        )
        return ContractCheck(kept=not windows, metadata={"windows": windows})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that is not through a door."""
        for importer, imported in check.metadata["windows"]:
            output.print_error(
                f"{importer} imports {imported}: come in by operations, queries, contracts or errors"
            )

    def _is_allowed(self, importer: str, imported: str) -> bool:
        source, target = importer.split("."), imported.split(".")
        if len(source) < 2 or len(target) < 2 or source[1] == target[1]:
            return True
        if target[1] in self.open_modules or source[1] in self.assemblers:
            return True
        if "tests" in source or target[-1:] == ["makers"]:
            return True  # tests build their world with the makers of the modules below
        return len(target) > 2 and (target[2] in DOORS or (source[1] == "api" and target[2] == "api"))

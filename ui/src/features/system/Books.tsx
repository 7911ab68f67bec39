import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import { DataTable } from "../../components/DataTable";
import { ErrorNote } from "../../components/Notes";
import { useHouse } from "../../state/house";
import { compare } from "./compare";

const TONES = { same: "yes", differs: "no", unknown: undefined } as const;

/** The venue's book, the one folded here and the one rebuilt from the log, and the first level that differs. */
export function Books({ ticker }: { ticker: string }): ReactNode {
  const { venue, feed, config } = useHouse();
  const { data, error } = useQuery({
    queryKey: ["three-books", ticker],
    enabled: ticker !== "",
    refetchInterval: 3_000,
    retry: 0,
    queryFn: () => compare(venue, ticker, () => feed.store.getState().book, config.rebuilder_url),
  });
  if (error) return <ErrorNote message={asVenueError(error).message} reference={asVenueError(error).reference} />;
  return (
    <DataTable
      label="Three books"
      rows={data ?? []}
      rowKey={(row) => row.name}
      empty="Comparing"
      columns={[
        { name: "Book", cell: (row) => row.name },
        {
          name: "Verdict",
          cell: (row) => (
            <span className="pill" data-tone={TONES[row.state]} data-verdict={row.state}>
              {row.state}
            </span>
          ),
        },
        { name: "Levels", numeric: true, cell: (row) => row.levels },
        { name: "First difference", cell: (row) => <span className="whitespace-normal">{row.words}</span> },
      ]}
    />
  );
}

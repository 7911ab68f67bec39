import type { ReactNode } from "react";
import { Nothing } from "./Panel";

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  numeric?: boolean;
  /** Shown to those who hear the table only. */
  hidden?: boolean;
}

interface Props<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  empty: string;
  rowProps?: (row: T) => Record<string, string>;
}

/** Rows and columns; for lists of thousands there is the virtual list of the markets. */
export function DataTable<T>({ label, columns, rows, rowKey, empty, rowProps }: Props<T>): ReactNode {
  if (rows.length === 0) return <Nothing>{empty}</Nothing>;
  return (
    <table className="tbl" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" className={column.numeric ? "num" : undefined}>
              {column.hidden ? <span className="sr-only">{column.name}</span> : column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} {...rowProps?.(row)}>
            {columns.map((column) => (
              <td key={column.name} className={column.numeric ? "num" : undefined}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

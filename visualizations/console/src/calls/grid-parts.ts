/**
 * Roles of a grid, as WAI-ARIA describes it. Its rows are placed by hand, thousands of them with some dozens in the page,
 * which the rows of a `<table>` cannot be. The grid has the focus, its active row is named by `aria-activedescendant`.
 */
export const rowGroup = { role: 'rowgroup' } as const;
export const headRow = { role: 'row' } as const;
export const columnHeader = { role: 'columnheader' } as const;
export const cell = { role: 'gridcell' } as const;
export const noPart = { role: 'presentation' } as const;

export interface Grid {
  label: string;
  rows: number;
  /** Of the element of the chosen row; null while it is not in the page. */
  activeId: string | null;
  onKeyDown(event: KeyboardEvent): void;
  onClick(event: MouseEvent): void;
}

export function grid({ label, rows, activeId, onKeyDown, onClick }: Grid) {
  return {
    role: 'grid',
    tabIndex: 0,
    'aria-label': label,
    // The headings are a row, too.
    'aria-rowcount': rows + 1,
    ...(activeId !== null && { 'aria-activedescendant': activeId }),
    onKeyDown,
    onClick,
  } as const;
}

export function rowAt(index: number, isSelected: boolean) {
  return { role: 'row', 'aria-rowindex': index + 2, 'aria-selected': isSelected } as const;
}

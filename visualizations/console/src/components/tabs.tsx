import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface Tab {
  id: string;
  label: string;
  /** Shown after the label. */
  count?: number;
}

interface TabsProps {
  tabs: readonly Tab[];
  selected: string;
  onSelect(id: string): void;
  /** Names the row for those who cannot see it. */
  label: string;
  /** What the selected tab shows. */
  children: ComponentChildren;
  panelClass?: string;
}

/** Tabs as WAI-ARIA describes them: arrows move, the panel belongs to its tab. */
export function Tabs({ tabs, selected, onSelect, label, children, panelClass }: TabsProps) {
  const base = useId();
  const index = Math.max(
    0,
    tabs.findIndex(tab => tab.id === selected),
  );

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const target =
      step !== undefined
        ? (index + step + tabs.length) % tabs.length
        : { Home: 0, End: tabs.length - 1 }[event.key];
    if (target === undefined) return;

    event.preventDefault();
    onSelect((tabs[target] as Tab).id);
    ((event.currentTarget as HTMLElement).children[target] as HTMLElement).focus();
  }

  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
        {tabs.map(tab => (
          <button
            key={tab.id}
            id={`${base}-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab.id === selected}
            aria-controls={`${base}-panel`}
            tabIndex={tab.id === selected ? 0 : -1}
            onClick={() => onSelect(tab.id)}
          >
            {tab.label}
            {tab.count !== undefined && <span class="count">{tab.count.toLocaleString()}</span>}
          </button>
        ))}
      </div>
      <div
        id={`${base}-panel`}
        role="tabpanel"
        aria-labelledby={`${base}-${selected}`}
        {...(panelClass && { class: panelClass })}
      >
        {children}
      </div>
    </>
  );
}

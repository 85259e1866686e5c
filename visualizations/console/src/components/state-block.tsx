import type { ComponentChildren } from 'preact';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';

interface EmptyStateProps {
  title: string;
  icon?: IconName;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

/** Nothing there, and what would bring something. */
export function EmptyState({ title, icon = 'info', children, actions }: EmptyStateProps) {
  return (
    <div class="state-block">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div class="actions">{actions}</div>}
    </div>
  );
}

/** Something went wrong: the sentence that says what to do, and a way to try again. */
export function ErrorState({
  title,
  error,
  again,
}: {
  title: string;
  error: Error | string;
  again?: () => void;
}) {
  return (
    <div class="state-block failed" role="alert">
      <Icon name="error" />
      <h2>{title}</h2>
      <p>{typeof error === 'string' ? error : error.message}</p>
      {again && (
        <div class="actions">
          <Button onClick={again}>Try again</Button>
        </div>
      )}
    </div>
  );
}

/** Takes the place of what is on its way. */
export function Skeleton({ lines = 5, label }: { lines?: number; label: string }) {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <i key={line} />
      ))}
    </div>
  );
}

import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const KEPT_AS = 'aybiza.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

/** What the person chose; null follows the system. */
const chosen = signal<Theme | null>(kept());
const systemTheme = signal<Theme>(system.matches ? 'dark' : 'light');

export const theme = signal<Theme>(chosen.value ?? systemTheme.value);

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark';
  chosen.value = next === systemTheme.value ? null : next;
}

system.addEventListener('change', () => {
  systemTheme.value = system.matches ? 'dark' : 'light';
});

effect(() => {
  theme.value = chosen.value ?? systemTheme.value;
  document.documentElement.dataset.theme = theme.value;
  try {
    if (chosen.value) localStorage.setItem(KEPT_AS, chosen.value);
    else localStorage.removeItem(KEPT_AS);
  } catch {}
});

function kept(): Theme | null {
  try {
    const value = localStorage.getItem(KEPT_AS);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}

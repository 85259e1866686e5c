import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

type Kind = 'usual' | 'primary' | 'danger' | 'plain';

export interface ButtonProps extends Omit<JSX.IntrinsicElements['button'], 'icon'> {
  kind?: Kind;
  icon?: IconName;
  /** Without children the button is an icon with this name. */
  label?: string;
  children?: ComponentChildren;
}

export function Button({ kind = 'usual', icon, label, children, class: extra, ...rest }: ButtonProps) {
  const isIcon = children === undefined;
  const classes = ['button', kind, isIcon && 'icon-only', extra].filter(Boolean).join(' ');
  return (
    <button type="button" {...rest} class={classes} {...(label && { 'aria-label': label, title: label })}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

import type { ConfigPath } from './config-path.ts';
import type { Outline } from './outline.ts';

/** A file that a chart, or a part of it, is written in. */
export interface Home {
  file: string;
  outline: Outline;
}

/** A spot in a chart: where it is written, and which state and transition it belongs to. */
export interface Place {
  home: Home;
  path: ConfigPath;
  /** Dotted path in the chart that is checked, which may hold parts of other files. */
  state: string;
  transition?: string;
}

/** A spot within `place`. */
export function within(place: Place, ...path: ConfigPath): Place {
  return { ...place, path: [...place.path, ...path] };
}

/** The spot of a path in the config of `home`: which state and transition it is in follows from its keys. */
export function placeOf(home: Home, path: ConfigPath): Place {
  const states: string[] = [];
  let at = 0;
  while (path[at] === 'states' && path[at + 1] !== undefined) {
    states.push(String(path[at + 1]));
    at += 2;
  }
  const kind = path[at];
  const event = kind === 'on' || kind === 'after' ? path[at + 1] : undefined;
  const transition = event ?? (kind === 'always' || kind === 'onDone' ? kind : undefined);
  return {
    home,
    path,
    state: states.join('.'),
    ...(transition !== undefined && { transition: String(transition) }),
  };
}

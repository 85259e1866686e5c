/** Colours for a light and a dark page. Everything that has a colour takes it from here. */
const LIGHT = {
  page: '#ffffff',
  'box-0': '#ffffff',
  'box-1': '#f6f7f9',
  leaf: '#ffffff',
  frame: '#c8ced6',
  'leaf-frame': '#8a94a3',
  text: '#1b2330',
  quiet: '#5d6878',
  line: '#77828f',
  event: '#2b3645',
  guard: '#7a5cc0',
  timer: '#b4560c',
  invoke: '#0b7285',
};

const DARK: Record<keyof typeof LIGHT, string> = {
  page: '#0f141b',
  'box-0': '#0f141b',
  'box-1': '#161d27',
  leaf: '#1d2632',
  frame: '#35404f',
  'leaf-frame': '#5b6878',
  text: '#e8edf4',
  quiet: '#9aa6b5',
  line: '#7d8998',
  event: '#d3dae3',
  guard: '#b9a3f0',
  timer: '#f0a468',
  invoke: '#66c5d6',
};

const variables = (colours: Record<string, string>) =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

export const STYLE = `
svg{${variables(LIGHT)};font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
@media (prefers-color-scheme:dark){svg{${variables(DARK)}}}
.page{fill:var(--page)}
.box{fill:var(--leaf);stroke:var(--leaf-frame);stroke-width:1.1}
.compound>.box,.parallel>.box{stroke:var(--frame);fill:var(--box-1)}
.depth-0>.box{fill:var(--box-0)}
.region>.box{stroke-dasharray:5 4}
.root>.box{stroke:none;fill:none}
.atomic>.box,.final>.box,.history>.box{fill:var(--leaf);stroke:var(--leaf-frame)}
.inner{fill:none;stroke:var(--leaf-frame)}
.title{font-size:15px;font-weight:650;fill:var(--text)}
.name{font-size:13px;font-weight:600;fill:var(--text)}
.description{font-size:11px;fill:var(--quiet)}
.invoke{font-size:11px;fill:var(--invoke)}
.jump{font-size:11px;font-weight:600;fill:var(--event)}
.trigger{font-size:11px}
.note{font-size:11px;fill:var(--quiet)}
.line{fill:none;stroke:var(--line);stroke-width:1.2}
.head{fill:var(--line)}
.timed .line{stroke:var(--timer);stroke-dasharray:4 3}
.timed .head{fill:var(--timer)}
.words text,.label text{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
.label text{font-size:11px}
.on-0 text{stroke:var(--box-0)}
.on-1 text{stroke:var(--box-1)}
.on-leaf text{stroke:var(--leaf)}
.event{fill:var(--event)}
.guard{fill:var(--guard)}
.timer{fill:var(--timer)}
.initial circle{fill:var(--text)}
.anywhere circle{fill:var(--page);stroke:var(--line);stroke-width:1.4}
`;

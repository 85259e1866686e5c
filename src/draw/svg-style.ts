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
  chip: '#eef0f3',
  strong: '#1b2330',
  'on-strong': '#ffffff',
  // Blue, vermilion and purple of a lightness each: told apart with every kind of colour vision.
  added: '#0a5bb5',
  'added-fill': '#e3f0ff',
  removed: '#b8400a',
  'removed-fill': '#fff0e6',
  changed: '#8f2b8a',
  'changed-fill': '#fbeafa',
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
  chip: '#2a3543',
  strong: '#d3dae3',
  'on-strong': '#0f141b',
  added: '#74b6ff',
  'added-fill': '#132c48',
  removed: '#ff9d66',
  'removed-fill': '#41230f',
  changed: '#f091ea',
  'changed-fill': '#3b1c3d',
};

const variables = (colours: Record<string, string>) =>
  Object.entries(colours)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');

/** Each look has a line of its own besides its colour. What is covered stays calm, so that the rest stands out. */
const LOOKS = [
  look('added', 'added', ''),
  look('removed', 'removed', '6 4'),
  look('changed', 'changed', '10 3 2 3'),
  look('uncovered', 'removed', '2 3.5'),
].join('');

function look(name: string, colour: string, dashes: string): string {
  const stroke = `stroke:var(--${colour});stroke-width:2.2;stroke-dasharray:${dashes || 'none'}`;
  return `
.state.${name}>.box{${stroke};fill:var(--${colour}-fill)}
.root.${name}>.box{fill:none;stroke:none}
.edge.${name} .line{${stroke}}
.edge.${name} .head{fill:var(--${colour})}
.swatch.${name}{${stroke};fill:var(--${colour}-fill)}
.words.${name} text{stroke:var(--${colour}-fill)}
.chip.${name} rect{fill:var(--${colour});stroke:none}
.chip.${name} text{fill:var(--page)}
.run.${name},.tag.${name}{fill:var(--${colour})}`;
}

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
.part>.inner{stroke:var(--invoke);stroke-width:1}
.part>.box{stroke:var(--invoke)}
.title{font-size:15px;font-weight:650;fill:var(--text)}
.name{font-size:13px;font-weight:600;fill:var(--text)}
.description{font-size:11px;fill:var(--quiet)}
.says{font-size:11px;fill:var(--text)}
.invoke{font-size:11px;fill:var(--invoke)}
.jump{font-size:11px;font-weight:600;fill:var(--event)}
.trigger{font-size:11px}
.note{font-size:11px;fill:var(--quiet)}
.line{fill:none;stroke:var(--line);stroke-width:1.2}
.head{fill:var(--line)}
.timer .line{stroke:var(--timer);stroke-dasharray:4 3}
.timer .head{fill:var(--timer)}
.tool .line{stroke:var(--invoke);stroke-dasharray:8 3}
.tool .head{fill:var(--invoke)}
.call .line{stroke-dasharray:1.5 3}
.words text,.label text{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
.label text{font-size:11px}
.on-0 text{stroke:var(--box-0)}
.on-1 text{stroke:var(--box-1)}
.on-leaf text{stroke:var(--leaf)}
tspan.event{fill:var(--event)}
tspan.choice{fill:var(--event);font-weight:600}
tspan.tool{fill:var(--invoke)}
tspan.call{fill:var(--quiet);font-style:italic}
tspan.by{fill:var(--quiet)}
tspan.guard{fill:var(--guard)}
tspan.timer{fill:var(--timer)}
tspan.tag{font-weight:700}
.chip rect{fill:var(--chip);stroke:none}
.chip.tool rect,.chip.part rect{fill:none;stroke:var(--invoke)}
.chip.fact rect{fill:none;stroke:var(--guard)}
.chip.end rect{fill:var(--strong)}
.chip.model rect{fill:none;stroke:var(--quiet);stroke-dasharray:2 2}
.initial circle{fill:var(--text)}
.anywhere circle{fill:var(--page);stroke:var(--line);stroke-width:1.4}
.panel{font-size:11px;fill:var(--text)}
.panel .quiet{fill:var(--quiet)}
.panel .heading{font-size:13px;font-weight:650}
.panel .entry{font-weight:650}
.panel .rule{stroke:var(--frame)}
${LOOKS}
.swatch.covered{fill:var(--leaf);stroke:var(--leaf-frame)}
.edge.covered .line{stroke-width:1.6}
.chip.covered rect{fill:var(--quiet);stroke:none}
.tag.covered{fill:var(--quiet)}
.words .chip text{font-size:10px;fill:var(--text);stroke:none}
.words .chip.tool text,.words .chip.part text{fill:var(--invoke)}
.words .chip.fact text{fill:var(--guard)}
.words .chip.end text{fill:var(--on-strong)}
.words .chip.painted text,.panel .chip text{font-weight:700;fill:var(--page)}
`;

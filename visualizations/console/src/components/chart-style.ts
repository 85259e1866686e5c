/** Added to the picture's own style: the page's theme, and what a live call paints on it. */
export const CHART_STYLE = `
:host{display:block;width:100%;height:100%;overflow:hidden;outline-offset:-2px}
.view{position:absolute;top:0;left:0;transform-origin:0 0;will-change:transform}
.view.glides{transition:transform .32s cubic-bezier(.2,.7,.2,1)}
.view svg{display:block;background:none}
:host .view svg{--page:var(--surface);--box-0:var(--surface);--lit:var(--accent);--lit-fill:var(--accent-soft)}
:host([data-theme=light]) .view svg{--box-1:#f6f7f9;--leaf:#ffffff;--frame:#c8ced6;--leaf-frame:#8a94a3;--quiet:#5d6878;--line:#77828f;--event:#2b3645;--guard:#7a5cc0;--timer:#b4560c;--invoke:#0b7285;--chip:#eef0f3;--strong:#1b2330;--on-strong:#ffffff;--added:#0a5bb5;--added-fill:#e3f0ff;--removed:#b8400a;--removed-fill:#fff0e6;--changed:#8f2b8a;--changed-fill:#fbeafa}
:host([data-theme=dark]) .view svg{--box-1:#19211f;--box-1:#182024;--leaf:#1f292d;--frame:#35434a;--leaf-frame:#5f727a;--quiet:#9fb0b7;--line:#80929a;--event:#d3dde1;--guard:#b9a3f0;--timer:#f0a468;--invoke:#66c5d6;--chip:#2c393e;--strong:#d3dde1;--on-strong:#10171a;--added:#74b6ff;--added-fill:#132c48;--removed:#ff9d66;--removed-fill:#41230f;--changed:#f091ea;--changed-fill:#3b1c3d}
.state.lit>.box{stroke:var(--lit);stroke-width:3;stroke-dasharray:none;fill:var(--lit-fill)}
.words.on-leaf.lit text{stroke:var(--lit-fill)}
.words.on-leaf.lit .chip text{stroke:none}
.state.found>.box{stroke:var(--warn);stroke-width:2.4}
.state.compound.lit>.box,.state.parallel.lit>.box{fill:var(--box-1)}
.edge.taken{--trace:color-mix(in srgb,var(--lit) var(--strength,100%),var(--line))}
.edge.taken .line{stroke:var(--trace);stroke-width:3;stroke-dasharray:none}
.edge.taken .head{fill:var(--trace)}
.tally rect{fill:var(--accent);stroke:var(--surface);stroke-width:1.5}
.tally text{fill:var(--on-accent);font-size:12px;font-weight:700;text-anchor:middle;dominant-baseline:central}
@media (prefers-reduced-motion:reduce){.view.glides{transition:none}}
`;

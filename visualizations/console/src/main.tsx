import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/components.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { followLinks } from './shell/router.ts';

followLinks();
render(<App />, document.getElementById('app') as HTMLElement);

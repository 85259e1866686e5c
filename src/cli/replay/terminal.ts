import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Key, press, screen, type Viewer } from './viewer.ts';

const TO_OTHER_SCREEN = '\x1b[?1049h\x1b[?25l';
const BACK = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const REST_OF_LINE = '\x1b[K';

/** Shows a call in the terminal until the person leaves, and gives the terminal back as it was. */
export function view(opened: Viewer, input: ReadStream, output: WriteStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let viewer = opened;
    const draw = () => {
      const { columns = 80, rows = 24 } = output;
      const lines = screen(viewer, { columns, rows });
      output.write(HOME + lines.map(line => line + REST_OF_LINE).join('\r\n'));
    };
    const giveBack = () => {
      input.off('keypress', onKey);
      output.off('resize', draw);
      process.off('SIGTERM', leave);
      input.setRawMode(false);
      input.pause();
      output.write(BACK);
    };
    const leave = () => {
      giveBack();
      resolve();
    };
    const onKey = (_: string, key: Key) => {
      try {
        const next = press(viewer, key);
        if (!next) return leave();
        viewer = next;
        draw();
      } catch (error) {
        giveBack();
        reject(error);
      }
    };

    emitKeypressEvents(input);
    input.setRawMode(true);
    input.on('keypress', onKey);
    output.on('resize', draw);
    process.on('SIGTERM', leave);
    output.write(TO_OTHER_SCREEN);
    draw();
    input.resume();
  });
}

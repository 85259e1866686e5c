import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** Files as they were at one revision. Paths are from the repository's top, with slashes. */
export interface GitTree {
  /** The path of a file of the work tree's folder; the file itself need not be there any more. */
  pathOf(file: string): string;
  /** Null when the revision has no such file. */
  read(path: string): Promise<string | null>;
  /** Names of the files in a folder; none when there is no such folder. */
  list(folder: string): Promise<string[]>;
}

/** The revision `rev` of the repository that `folder` is in. Throws with what to do when there is none. */
export async function openGitTree(rev: string, folder: string): Promise<GitTree> {
  const prefix = (await git(folder, 'rev-parse', '--show-prefix')).trim();
  const tree = await git(
    folder,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${rev}^{tree}`,
  ).catch(() => {
    throw new Error(
      `Git knows no revision '${rev}' in ${folder}. Name one, as HEAD, HEAD~1, a branch or a commit.`,
    );
  });
  const id = tree.trim();

  const list = async (path: string) => {
    const where = path === '' ? id : `${id}:${path}`;
    const names = await git(folder, 'ls-tree', '-z', '--name-only', '--full-tree', where).catch(() => '');
    return names.split('\0').filter(Boolean);
  };
  return {
    pathOf: file => prefix + file,
    list,
    read: async path => {
      const at = path.lastIndexOf('/');
      const there = await list(path.slice(0, Math.max(0, at)));
      return there.includes(path.slice(at + 1)) ? git(folder, 'cat-file', 'blob', `${id}:${path}`) : null;
    },
  };
}

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const options = { cwd: folder, maxBuffer: MAX_FILE_BYTES };
  const { stdout } = await run('git', args, options).catch(error => {
    if (error.code === 'ENOENT')
      throw new Error(`Git cannot be run in ${folder}: install it, or compare two files instead.`);
    if (/not a git repository/i.test(String(error.stderr)))
      throw new Error(`${folder} is in no git repository. Compare two files instead.`);
    throw new Error(`git ${args[0]} failed: ${String(error.stderr || error.message).trim()}`);
  });
  return stdout;
}

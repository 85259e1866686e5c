import type { Flow } from '../flows/flows.ts';
import { StuckError } from '../rehearsal/simulated-call.ts';
import { type Command, CommandError, helpText, readCommand } from './commands.ts';
import type { Act, Conversation } from './conversation.ts';
import type { Inputs } from './inputs.ts';
import { TooLate } from './perform.ts';
import { tellChoices, tellFacts, tellState } from './tell-place.ts';

/** What the session needs of a way to hold conversations: in text, or with real audio. */
export interface Engine {
  /** A new call. */
  open(): Promise<Conversation>;
  /**
   * The call as it was when the caller had done `acts` and no more; `act`: and the agent is yet to answer the last of it.
   * Null: what was said cannot be taken back.
   */
  readonly rewind: ((acts: readonly Act[], upTo: 'answer' | 'act') => Promise<Conversation>) | null;
  /** Puts the flow as it is on disk in force for calls to come; null when it is what it was. Throws what is wrong with it. */
  reload(): Promise<Flow | null>;
  /** A call of the flow in force that is where this one was; or why there is none, as the beginning of a sentence. */
  carryOn(acts: readonly Act[], was: Conversation): Promise<CarriedOn | { gone: string }>;
  /** Gives the file. */
  save(name: string, acts: readonly Act[]): Promise<string>;
}

export interface CarriedOn {
  conversation: Conversation;
  acts: readonly Act[];
  told: string;
}

export interface SessionOptions {
  engine: Engine;
  inputs: Inputs;
  /** A person types: what is typed while the agent speaks cuts it off. Else each line waits for its turn. */
  isLive: boolean;
  /** Lines for the person, other than what happens in the call. */
  tell(lines: readonly string[]): void;
}

/** A person who talks with a flow, until there is nothing more to say. */
export class TalkSession {
  readonly #engine: Engine;
  readonly #inputs: Inputs;
  readonly #isLive: boolean;
  readonly #tell: (lines: readonly string[]) => void;
  #conversation: Conversation;
  /** What the caller has done in this call. */
  #acts: readonly Act[] = [];

  private constructor({ engine, inputs, isLive, tell }: SessionOptions, conversation: Conversation) {
    this.#engine = engine;
    this.#inputs = inputs;
    this.#isLive = isLive;
    this.#tell = tell;
    this.#conversation = conversation;
  }

  static async hold(options: SessionOptions): Promise<void> {
    const session = new TalkSession(options, await options.engine.open());
    try {
      await session.#run();
    } finally {
      await session.#conversation.close();
    }
  }

  async #run(): Promise<void> {
    for (;;) {
      const isUrgent = () => this.#inputs.isLeaving || (this.#isLive && this.#inputs.hasLine);
      await this.#guard(() => this.#conversation.settle(isUrgent));
      const input = await this.#inputs.next();
      if (input.kind === 'end') return;
      const goesOn = await this.#guard(async () => {
        if (input.kind === 'saved') {
          await this.#reload('saved');
          return true;
        }
        const command = readCommand(input.text);
        if (command && command.do !== 'quit') await this.#obey(command);
        return command?.do !== 'quit';
      });
      if (goesOn === false) return;
    }
  }

  /** What goes wrong here is told to the person, who goes on. */
  async #guard<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TooLate)
        this.#tell([`${error.message} /restart calls again, /undo goes back, /save keeps it.`]);
      else if (error instanceof StuckError || error instanceof CommandError || error instanceof Refusal)
        this.#tell([error.message]);
      else throw error;
      return undefined;
    }
  }

  async #obey(command: Command): Promise<void> {
    if (command.do === 'act') await this.#act(command.act);
    if (command.do === 'bargeIn') await this.#bargeIn(command.afterWords, command.text);
    if (command.do === 'state') this.#tell(tellState(this.#conversation));
    if (command.do === 'choices') this.#tell(tellChoices(this.#conversation.flow));
    if (command.do === 'facts') this.#tell(tellFacts(this.#conversation));
    if (command.do === 'help') this.#tell(helpText());
    if (command.do === 'undo') await this.#undo();
    if (command.do === 'restart') await this.#restart('A new call.');
    if (command.do === 'reload') await this.#reload('asked');
    if (command.do === 'save') await this.#save(command.name);
  }

  async #act(act: Act): Promise<void> {
    const { wordsHeard } = this.#conversation;
    // Somebody who speaks before the agent does would be heard as saying more; here it cuts in at its first word.
    const done =
      wordsHeard === null || act.do === 'wait' ? act : { ...act, afterWords: Math.max(1, wordsHeard) };
    await this.#take(done);
  }

  async #take(act: Act): Promise<void> {
    await this.#conversation.take(act);
    this.#acts = [...this.#acts, act];
  }

  /** The agent may have finished long ago: then the call goes back to where it began to speak. */
  async #bargeIn(afterWords: number, text: string): Promise<void> {
    if (this.#conversation.wordsHeard === null) {
      const rewind = this.#rewinding('/barge works while the agent speaks; or type while it does.');
      await this.#goOnWith(await rewind(this.#acts, 'act'), this.#acts);
    }
    await this.#take({ do: 'say', text, afterWords });
  }

  async #undo(): Promise<void> {
    const rewind = this.#rewinding('What was said aloud cannot be taken back. /restart calls again.');
    const last = this.#acts.at(-1);
    if (!last) throw new Refusal('There is nothing to take back.');
    const before = this.#acts.slice(0, -1);
    await this.#goOnWith(await rewind(before, 'answer'), before);
    this.#tell([`Back before ${tellAct(last)}, in ${this.#conversation.flow.state}.`]);
  }

  async #restart(why: string): Promise<void> {
    this.#tell([why]);
    // A caller has one telephone.
    await this.#conversation.close();
    this.#conversation = await this.#engine.open();
    this.#acts = [];
  }

  async #goOnWith(conversation: Conversation, acts: readonly Act[]): Promise<void> {
    const before = this.#conversation;
    this.#conversation = conversation;
    this.#acts = acts;
    await before.close();
  }

  async #reload(why: 'saved' | 'asked'): Promise<void> {
    let flow: Flow | null;
    try {
      flow = await this.#engine.reload();
    } catch (error) {
      throw new Refusal(`${(error as Error).message}\nThe flow stays as it was.`);
    }
    if (!flow) {
      if (why === 'asked') this.#tell(['The flow is as it was.']);
      return;
    }
    const was = this.#conversation;
    const carriedOn = was.hasEnded
      ? { gone: 'The call was over' }
      : await this.#engine.carryOn(this.#acts, was);
    if ('gone' in carriedOn) {
      await this.#restart(`${flow.name} is now ${flow.version}. ${carriedOn.gone}: a new call.`);
      return;
    }
    await this.#goOnWith(carriedOn.conversation, carriedOn.acts);
    this.#tell([`${flow.name} is now ${flow.version}. ${carriedOn.told}`]);
  }

  async #save(name: string): Promise<void> {
    if (this.#acts.length === 0) throw new Refusal('There is nothing to save yet: say something first.');
    const file = await this.#engine.save(name, this.#acts).catch(error => {
      throw new Refusal((error as Error).message);
    });
    this.#tell([`Saved as “${name}” in ${file}.`]);
  }

  #rewinding(otherwise: string) {
    const { rewind } = this.#engine;
    if (!rewind) throw new Refusal(otherwise);
    return rewind;
  }
}

/** What was asked for cannot be done, and why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

function tellAct(act: Act): string {
  if (act.do === 'say') return `“${act.text}”`;
  if (act.do === 'press') return `the keys ${act.keys}`;
  return act.do === 'wait' ? `the silence of ${act.ms / 1_000} s` : 'hanging up';
}

export { isVoice, SILENCE, speak, wordIn } from '../../src/rehearsal/caller-audio.ts';

import { expect, it } from 'vitest';
import { RestartBudget } from '../../../../../src/providers/embedded/voice-activity/restart-budget.ts';

it('restarts at once while the budget lasts, then only as fast as the period allows', () => {
  const budget = new RestartBudget(2, 60_000);

  expect(budget.take(0)).toBe(0);
  expect(budget.take(10_000)).toBe(0);
  expect(budget.take(20_000)).toBe(40_000);
  expect(budget.take(60_001)).toBe(9_999);
  expect(budget.take(500_000)).toBe(0);
});

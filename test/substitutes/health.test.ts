import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Health, Peers } from '../../src/substitutes/gateway/health.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['hrtime', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function open(): { health: Health; peer: Health } {
  const peers = new Peers();
  return { health: new Health(peers), peer: new Health(peers) };
}

test('one that never answers is out after 5 s, and after 1.5 s where others have answered', () => {
  const { health, peer } = open();
  health.asked();
  vi.advanceTimersByTime(1600);
  expect(health.isOut).toBe(false);
  peer.asked();
  peer.answered(40);
  expect(health.isOut).toBe(true);
  const { health: alone } = open();
  alone.asked();
  vi.advanceTimersByTime(4999);
  expect(alone.isOut).toBe(false);
  vi.advanceTimersByTime(1);
  expect(alone.isOut).toBe(true);
});

test('far away from everybody, nobody is out', () => {
  const { health, peer } = open();
  for (const one of [health, peer]) one.asked();
  vi.advanceTimersByTime(900);
  peer.answered(900);
  vi.advanceTimersByTime(3000);
  expect(health.isOut).toBe(false);
});

test('one that answers is waited for anew', () => {
  const { health } = open();
  for (let question = 0; question < 100; question++) health.asked();
  for (let answer = 0; answer < 99; answer++) {
    vi.advanceTimersByTime(900);
    health.answered(900);
    expect(health.isOut).toBe(false);
  }
  vi.advanceTimersByTime(6000);
  expect(health.isOut).toBe(true);
  health.answered(6000);
  expect(health.isOut).toBe(false);
});

test('one that fails is out for 5 s, and each time for twice as long, 300 s at most', () => {
  const { health } = open();
  for (const seconds of [5, 10, 20, 40, 80, 160, 300, 300]) {
    health.asked();
    health.failed('connection refused');
    vi.advanceTimersByTime(seconds * 1000 - 1);
    expect(health.isOut).toBe(true);
    vi.advanceTimersByTime(1);
    expect(health.isOut).toBe(false);
  }
  health.asked();
  health.answered(10);
  health.asked();
  health.failed('connection refused');
  vi.advanceTimersByTime(5000);
  expect(health.isOut).toBe(false);
});

test('after a failure, one that does not answer again is waited for 0.3 s', () => {
  const { health } = open();
  health.asked();
  health.failed('connecting takes too long');
  vi.advanceTimersByTime(5000);
  health.asked();
  vi.advanceTimersByTime(299);
  expect(health.isOut).toBe(false);
  vi.advanceTimersByTime(1);
  expect(health.isOut).toBe(true);
  health.answered(900);
  health.asked();
  vi.advanceTimersByTime(4000);
  expect(health.isOut).toBe(false);
});

test('an error of its own is forgiven twice in succession', () => {
  const { health } = open();
  const answers = ['bad', 'bad', 'good', 'bad', 'bad', 'bad'];
  const out = answers.map((answer) => {
    health.asked();
    if (answer === 'good') health.answered(1);
    else health.excused('HTTP status 502');
    return health.isOut;
  });
  expect(out).toEqual([false, false, false, false, false, true]);
  expect(health.reason).toBe('HTTP status 502');
});

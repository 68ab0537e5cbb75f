import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Health, Peers } from '../../src/substitutes/gateway/health.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['hrtime', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function open(): { health: Health; peer: Health } {
  const peers = new Peers();
  return { health: new Health(peers), peer: new Health(peers) };
}

test('one that never answers is out after 5 s, and after 3 s where others have answered soon', () => {
  const { health, peer } = open();
  health.asked();
  vi.advanceTimersByTime(3100);
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
  vi.advanceTimersByTime(3500);
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

test('one that fails is out for 1 s, and each time for twice as long, 300 s at most', () => {
  const { health } = open();
  for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
    health.asked();
    health.failed('connection refused', 1);
    vi.advanceTimersByTime(seconds * 1000 - 1);
    expect(health.isOut).toBe(true);
    vi.advanceTimersByTime(1);
    expect(health.isOut).toBe(false);
  }
  health.asked();
  health.answered(10);
  health.asked();
  health.failed('connection refused', 1);
  vi.advanceTimersByTime(1000);
  expect(health.isOut).toBe(false);
});

test('after a failure, one that does not answer again is waited for 2 s', () => {
  const { health } = open();
  health.asked();
  health.failed('connecting takes too long', 5000);
  vi.advanceTimersByTime(5000);
  health.asked();
  vi.advanceTimersByTime(1999);
  expect(health.isOut).toBe(false);
  vi.advanceTimersByTime(1);
  expect(health.isOut).toBe(true);
  health.answered(900);
  health.asked();
  vi.advanceTimersByTime(4000);
  expect(health.isOut).toBe(false);
});

test('who fails fast can be asked all the same', () => {
  const { health, peer } = open();
  health.asked();
  health.failed('connection refused', 3);
  peer.asked();
  peer.failed('connecting takes too long', 5000);
  expect([health.isOut, peer.isOut]).toEqual([true, true]);
  expect([health.failsFast, peer.failsFast]).toEqual([true, false]);
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

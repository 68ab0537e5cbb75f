import type { Explanation, Obstacle } from '../machine/sandbox.ts';
export function explainObstacle(obstacle: Obstacle): Explanation {
  return { meaning: JSON.stringify(obstacle), command: 'x' };
}

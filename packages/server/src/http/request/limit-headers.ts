/** Prints a limiter's verdict as headers: our own, OpenAI's, and the standard ones. Knows no Express. */
import {type LimitVerdict, hour, minute} from '../../engine/limiter.ts';

/**
 * For answers and refusals alike. `X-RateLimit-*` and OpenAI's headers describe the tightest window, the standard
 * `RateLimit` all windows. CORS must expose them: see `limitHeaderNames`.
 */
export function limitHeaders(
  {allowed, tightest, retryAfter, windows}: LimitVerdict,
  now: number = Date.now(),
): Readonly<Record<string, string>> {
  const {limit, remaining, resetAt} = tightest;
  return {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    // Seconds since 1970, as in most APIs.
    'X-RateLimit-Reset': String(Math.ceil(resetAt / 1000)),
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': duration(secondsUntil(resetAt, now)),
    'RateLimit-Policy': windows
      .map((window) => `"${windowName(window.ms)}";q=${window.limit};w=${window.ms / 1000}`)
      .join(', '),
    RateLimit: windows
      .map((window) => `"${windowName(window.ms)}";r=${window.remaining};t=${secondsUntil(window.resetAt, now)}`)
      .join(', '),
    ...(allowed ? {} : {'Retry-After': String(retryAfter)}),
  };
}

/** For `Access-Control-Expose-Headers`. */
export const limitHeaderNames: readonly string[] = [
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'RateLimit',
  'RateLimit-Policy',
];

/** `minute`, `hour`, or seconds. */
export function windowName(ms: number): string {
  if (ms === minute) return 'minute';
  return ms === hour ? 'hour' : `${ms / 1000}s`;
}

function secondsUntil(moment: number, now: number): number {
  return Math.max(0, Math.ceil((moment - now) / 1000));
}

/** OpenAI's format: `59s`, `6m0s`, `1h2m3s`. */
function duration(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${h > 0 ? `${h}h` : ''}${h > 0 || m > 0 ? `${m}m` : ''}${s}s`;
}

/** Where a contestant finds the upstream: the same variable that our own server reads. */
export const upstreamUrl: string = process.env['OPENAI_BASE_URL'] ?? 'http://127.0.0.1:9/v1';

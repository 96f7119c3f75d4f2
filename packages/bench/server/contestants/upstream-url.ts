/** The address of the upstream for a contestant, from the variable that our own server reads, too. */
export const upstreamUrl: string = process.env['OPENAI_BASE_URL'] ?? 'http://127.0.0.1:9/v1';

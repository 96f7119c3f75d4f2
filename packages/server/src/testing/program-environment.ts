/**
 * What programs get of a test's environment. They share the modules that other programs have compiled: otherwise, most of
 * their time would be the compilation of the server.
 */
export const programEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
};

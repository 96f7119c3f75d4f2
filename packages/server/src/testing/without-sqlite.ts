/** Makes `node:sqlite` unavailable to the program that Node runs: `node --import` takes this file. */
import {registerHooks} from 'node:module';

const given = process.getBuiltinModule;
process.getBuiltinModule = ((id: string) => (id === 'node:sqlite' ? undefined : given(id))) as typeof given;
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'node:sqlite') throw new Error('No such built-in module: node:sqlite');
    return nextResolve(specifier, context);
  },
});

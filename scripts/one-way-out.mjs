/**
 * A rule for oxlint: the server sends requests only through `packages/server/src/tools/guard.ts`, and to the upstreams that
 * the operator has configured. It sees imports of every kind; `no-restricted-globals` sees `fetch`.
 */

/** What sends a request or asks a name server. `true` stands for all names of the module. */
const senders = {
  undici: true,
  http: ['request', 'get', 'Agent', 'ClientRequest', 'globalAgent', 'default'],
  https: true,
  http2: ['connect', 'default'],
  net: ['connect', 'createConnection', 'Socket', 'default'],
  tls: true,
  dgram: true,
  dns: true,
  'dns/promises': true,
};
const message = 'Send requests through tools/guard.ts, since their address may be a stranger’s choice.';

/** Whether these imported names of a module send requests; no names stand for the whole module. */
function sends(module, names) {
  const found = senders[String(module).replace(/^node:/, '')];
  return found === true || (found !== undefined && (!names || names.some((name) => found.includes(name))));
}

/** The imported names; undefined if all are imported at once. */
function namesOf({specifiers}) {
  const names = specifiers.map(({type, imported, local, importKind, exportKind}) => {
    if (importKind === 'type' || exportKind === 'type') return '';
    if (type === 'ImportDefaultSpecifier') return 'default';
    if (type === 'ImportNamespaceSpecifier') return undefined;
    return (imported ?? local).name;
  });
  return names.includes(undefined) ? undefined : names.filter((name) => name !== '');
}

const onlyGuarded = {
  create(context) {
    const checkModule = (node, source, names) => {
      if (source?.type === 'Literal' && sends(source.value, names)) context.report({node, message});
    };
    return {
      ImportDeclaration(node) {
        const names = namesOf(node);
        if (node.importKind !== 'type' && names?.length !== 0) checkModule(node, node.source, names);
      },
      ExportNamedDeclaration(node) {
        if (node.source && node.exportKind !== 'type') checkModule(node, node.source, namesOf(node));
      },
      ExportAllDeclaration: (node) => checkModule(node, node.source),
      ImportExpression: (node) => checkModule(node, node.source),
      CallExpression(node) {
        const {callee} = node;
        const isRequire = callee.name === 'require' || callee.property?.name === 'getBuiltinModule';
        if (isRequire) checkModule(node, node.arguments[0]);
      },
    };
  },
};

export default {meta: {name: 'one-way-out'}, rules: {'only-guarded': onlyGuarded}};

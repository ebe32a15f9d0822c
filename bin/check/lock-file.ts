// A registry mirror that carries only some platforms makes npm leave the others out of package-lock.json, and `npm ci`
// then refuses the file, everywhere. `npm run lock` adds them back.

interface Entry {
  version: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export interface LockFile {
  packages: Record<string, Entry>;
}

const SYSTEMS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** Entries for the optional packages that the file names but does not describe, by their place in node_modules. */
export function missingEntries({ packages }: LockFile): Record<string, Entry> {
  const missing: Record<string, Entry> = {};
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (!isDescribed(name, path, packages))
        missing[`node_modules/${name}`] = describe(name, version, dev);
    }
  }
  return missing;
}

/** Looks where Node would: beside the dependent, then upwards. */
function isDescribed(name: string, from: string, packages: LockFile["packages"]): boolean {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))
  ) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === "") return false;
  }
}

/** Platform packages say in their name what they are for: `@next/swc-win32-arm64-msvc`. */
function describe(name: string, version: string, dev?: boolean): Entry {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const os = SYSTEMS.filter((system) => words.includes(system));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  if (os.length + cpu.length === 0)
    throw new Error(`${name} is missing from package-lock.json, and its name tells no platform.`);
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(dev && { dev }),
    ...(words.includes("musl") && { libc: ["musl"] }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}

export function completed(lock: LockFile): LockFile {
  const all = Object.entries({ ...lock.packages, ...missingEntries(lock) });
  return {
    ...lock,
    packages: Object.fromEntries(all.toSorted(([a], [b]) => a.localeCompare(b, "en"))),
  };
}

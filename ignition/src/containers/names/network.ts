import type { Invocation } from '../../system/invocation.ts';
import type { System } from '../../system/system.ts';
import { CniCode, CniError } from './cni-error.ts';
import { closeResolver } from './firewall.ts';
import { formatHosts, isOf, parseHosts, type Entry } from './hosts.ts';
import type { NamesPlaces } from './places.ts';
import { makeShared, readPlain, replaceFile } from './plain-file.ts';
import type { Attachment, Naming } from './request.ts';
import { Resolver } from './resolver.ts';
import { formatServers, networksWith } from './servers.ts';

/** Seconds: many containers may start at once, each in its turn. */
const lockPatience = 120;

export interface NetworkContext {
  readonly system: System;
  readonly invocation: Pick<Invocation, 'signal' | 'hold'>;
  readonly places: NamesPlaces;
}

/** The names of one network: its folder, and the process that answers. */
export class Network {
  readonly #context: NetworkContext;
  readonly #name: string;
  readonly #resolver: Resolver;

  constructor(context: NetworkContext, name: string) {
    this.#context = context;
    this.#name = name;
    this.#resolver = new Resolver(context, name);
  }

  add(attachment: Attachment, naming: Naming): void {
    // What takes long is done before the others are made to wait.
    this.#resolver.pid();
    this.#locked(() => {
      makeShared(this.#context.system, this.#resolver.folder);
      const before = this.#entriesOfThisBoot();
      // An address belongs to one container: any other entry that has it is stale.
      const others = before.filter(
        (entry) => !isOf(entry, attachment) && !entry.addresses.some((one) => naming.addresses.includes(one)),
      );
      const { container, ifname } = attachment;
      const { addresses, names, gateways, domain, bridge } = naming;
      this.#write([...others, { container, ifname, addresses, names }], domain);
      try {
        replaceFile(this.#context.system, this.#domainFile, `${domain}\n${bridge}\n`);
        this.#resolver.refresh(gateways, bridge);
      } catch (error) {
        // The container will not start.
        if (others.length === 0) this.#removeFolder();
        else this.#write(others, domain);
        throw error;
      }
    });
    this.#tellOthers(attachment);
  }

  /** Removing what was never added is no error. */
  remove(attachment: Attachment): void {
    const { system } = this.#context;
    if (system.lstat(this.#resolver.folder) === undefined) return;
    this.#resolver.pid();
    this.#locked(() => {
      const before = this.#entries();
      const others = before.filter((entry) => !isOf(entry, attachment));
      const [domain, bridge] = this.#domainAndBridge();
      if (others.length === 0 || domain === '') {
        this.#resolver.stop();
        this.#removeFolder();
        if (bridge !== '') closeResolver(system, this.#context.places, bridge);
      } else {
        if (others.length < before.length) this.#write(others, domain);
        this.#revive('HUP');
      }
    });
    this.#tellOthers(attachment);
  }

  /** Whether one of the containers is on other networks as well may have changed. */
  #tellOthers({ container }: Attachment): void {
    const { system, places } = this.#context;
    for (const name of networksWith(system, places, this.#name, new Set([container])))
      new Network(this.#context, name).#retune();
  }

  #retune(): void {
    const before = readPlain(this.#context.system, this.#resolver.serversFile);
    this.#locked(() => {
      const [domain] = this.#domainAndBridge();
      const entries = this.#entries();
      if (entries.length === 0 || domain === '') return;
      this.#writeServers(entries, domain);
      if (readPlain(this.#context.system, this.#resolver.serversFile) !== before) this.#revive('HUP');
    });
  }

  /** Starts the resolver again when it has died. Answers whether it had. */
  keepAlive(): boolean {
    if (readPlain(this.#context.system, this.#resolver.hostsFile) === undefined) return false;
    return this.#locked(() => this.#revive(), 0);
  }

  /** @throws CniError when the names would not be answered. */
  check(attachment: Attachment): void {
    if (!this.#entries().some((entry) => isOf(entry, attachment)))
      throw new CniError(CniCode.resolver, `the container is not known in network ${this.#name}`);
    if (this.#resolver.pid() === undefined)
      throw new CniError(CniCode.resolver, `the resolver of network ${this.#name} does not run`);
  }

  #revive(signal?: 'HUP'): boolean {
    const { system, invocation } = this.#context;
    // The last container may have gone while we waited for the lock.
    if (readPlain(system, this.#resolver.hostsFile) === undefined) return false;
    const pid = this.#resolver.pid();
    if (pid === undefined) {
      this.#resolver.start();
      return true;
    }
    if (signal !== undefined) invocation.signal(pid, signal);
    return false;
  }

  #domainAndBridge(): readonly [domain: string, bridge: string] {
    const [domain = '', bridge = ''] = readPlain(this.#context.system, this.#domainFile)?.split('\n') ?? [];
    return [domain, bridge];
  }

  get #domainFile(): string {
    return `${this.#resolver.folder}/network`;
  }

  get #bootFile(): string {
    return `${this.#resolver.folder}/boot`;
  }

  #entries(): Entry[] {
    return parseHosts(readPlain(this.#context.system, this.#resolver.hostsFile) ?? '');
  }

  /** After a reboot that has left the files, their containers are gone. While the resolver runs there was none. */
  #entriesOfThisBoot(): Entry[] {
    const { system, places } = this.#context;
    if (this.#resolver.pid() !== undefined) return this.#entries();
    const boot = system.run(places.bootId).out.trim();
    const isOld = readPlain(system, this.#bootFile) !== boot;
    if (isOld) replaceFile(system, this.#bootFile, boot);
    return isOld ? [] : this.#entries();
  }

  #write(entries: readonly Entry[], domain: string): void {
    replaceFile(this.#context.system, this.#resolver.hostsFile, formatHosts(entries, domain));
    this.#writeServers(entries, domain);
  }

  #writeServers(entries: readonly Entry[], domain: string): void {
    const { system, places } = this.#context;
    const containers = new Set(entries.map(({ container }) => container));
    const shared = networksWith(system, places, this.#name, containers).length > 0;
    replaceFile(system, this.#resolver.serversFile, formatServers(entries, domain, shared));
  }

  #removeFolder(): void {
    const { system } = this.#context;
    const { folder } = this.#resolver;
    for (const name of system.list(folder)) system.remove(`${folder}/${name}`);
    system.remove(folder);
  }

  /** Networks begin with a letter or a digit, so that none is called like the folder of the locks. */
  #locked<Result>(action: () => Result, patience = lockPatience): Result {
    const { system, invocation, places } = this.#context;
    const locks = `${places.folder}/.locks`;
    for (const folder of [parentOf(places.folder), places.folder, locks]) makeShared(system, folder);
    const lock = invocation.hold(places.lock(`${locks}/${this.#name}`, patience));
    if (lock === undefined)
      throw new CniError(
        CniCode.tryLater,
        `the names of network ${this.#name} have been locked for too long`,
      );
    try {
      return action();
    } finally {
      lock.release();
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

import type { Invocation } from '../../system/invocation.ts';
import type { System } from '../../system/system.ts';
import { CniCode, CniError } from './cni-error.ts';
import { isIpv4 } from './dns-name.ts';
import type { NamesPlaces } from './places.ts';
import { readPlain, replaceFile } from './plain-file.ts';

/** Milliseconds: an IPv6 address of a new bridge cannot be used until nobody else has claimed it (RFC 4862). */
const bindPatience = 10_000;
const bindPause = 100;
/** Milliseconds for a process that is told to end, and for the addresses of one that is ending to become free. */
const endPatience = 2000;

export interface ResolverContext {
  readonly system: System;
  readonly invocation: Pick<Invocation, 'signal'>;
  readonly places: NamesPlaces;
}

/** The dnsmasq of one network. Everything here is done by whoever has the network's lock. */
export class Resolver {
  readonly #context: ResolverContext;
  readonly folder: string;
  #known: number | undefined;

  constructor(context: ResolverContext, network: string) {
    this.#context = context;
    this.folder = `${context.places.folder}/${network}`;
  }

  get hostsFile(): string {
    return `${this.folder}/hosts`;
  }

  /** Who answers what the hosts file does not have. */
  get serversFile(): string {
    return `${this.folder}/servers`;
  }

  get #conf(): string {
    return `${this.folder}/dnsmasq.conf`;
  }

  get pidFile(): string {
    return `${this.folder}/pid`;
  }

  /** The process, if it is alive and what the pid file means: after a crash the number may be another process's. */
  pid(): number | undefined {
    const { system, invocation } = this.#context;
    const pid = Number(readPlain(system, this.pidFile)?.trim());
    if (!Number.isInteger(pid) || pid < 2 || !invocation.signal(pid)) return undefined;
    // We do not live long enough for the number to be given to another process meanwhile.
    if (pid === this.#known) return pid;
    const { out } = system.run(['/bin/ps', '-ww', '-o', 'command=', '-p', String(pid)]);
    this.#known = out.includes(`--conf-file=${this.#conf}`) ? pid : undefined;
    return this.#known;
  }

  /** Lets it answer with the hosts file as it is now. It is started when it does not run, or listens elsewhere. */
  refresh(gateways: readonly string[], bridge: string): void {
    const { system, invocation } = this.#context;
    const conf = this.#confText(gateways);
    const pid = this.pid();
    if (pid !== undefined && readPlain(system, this.#conf) === conf && invocation.signal(pid, 'HUP')) return;
    if (pid !== undefined) this.#end(pid);
    replaceFile(system, this.#conf, conf);
    const claimPatience = gateways.every(isIpv4) ? 0 : this.#untilUsable(gateways, bridge);
    this.start(Math.max(claimPatience, endPatience));
  }

  /**
   * Starts it with the configuration that lies there.
   *
   * @param patience milliseconds to wait for addresses that cannot be used yet. A predecessor that was just killed may
   * have its own for a moment longer, so there is always some.
   */
  start(patience = endPatience): void {
    const { system, places } = this.#context;
    const argv = [places.dnsmasq, `--conf-file=${this.#conf}`] as const;
    for (let waited = 0; ; waited += bindPause) {
      const { code, err } = system.run(argv);
      if (code === 0) return;
      if (code === 127)
        throw new CniError(CniCode.resolver, `${places.dnsmasq} is missing: pkg install dnsmasq`);
      // 2: an address could not be bound to; everything else does not pass by itself.
      if (code !== 2 || waited >= patience)
        throw new CniError(CniCode.resolver, `the resolver of the network did not start: ${err.trim()}`);
      system.sleepMs(bindPause);
    }
  }

  /**
   * dnsmasq passes over an address that is still being claimed, and may not bind to it later, when it has given up
   * root's rights. One that is never usable holds up nobody for longer: IPv4 is answered.
   *
   * @returns the milliseconds of patience that are left.
   */
  #untilUsable(gateways: readonly string[], bridge: string): number {
    const { system, places } = this.#context;
    let patience = bindPatience;
    const isClaimed = (line: string): boolean =>
      line.includes('tentative') && gateways.some((gateway) => line.split(/[\s%/]+/).includes(gateway));
    while (patience > 0 && system.run(places.addresses(bridge)).out.split('\n').some(isClaimed)) {
      system.sleepMs(bindPause);
      patience -= bindPause;
    }
    return patience;
  }

  stop(): void {
    const pid = this.pid();
    if (pid !== undefined) this.#end(pid);
  }

  #end(pid: number): void {
    const { system, invocation } = this.#context;
    invocation.signal(pid, 'TERM');
    for (let waited = 0; waited < endPatience; waited += 20) {
      if (!invocation.signal(pid)) return;
      system.sleepMs(20);
    }
    invocation.signal(pid, 'KILL');
  }

  #confText(gateways: readonly string[]): string {
    return [
      '# Written by podbsd; changed with each start of the network.',
      'port=53',
      'bind-interfaces',
      ...gateways.map((gateway) => `listen-address=${gateway}`),
      'no-hosts',
      `addn-hosts=${this.hostsFile}`,
      `servers-file=${this.serversFile}`,
      `resolv-file=${this.#context.places.resolvConf}`,
      `pid-file=${this.pidFile}`,
      '',
    ].join('\n');
  }
}

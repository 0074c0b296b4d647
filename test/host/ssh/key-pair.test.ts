import ssh2 from 'ssh2';
import { expect, it, onTestFinished, vi } from 'vitest';
import { generateKeyPair } from '../../../src/host/ssh/key-pair.ts';

it('makes a pair that belongs together, with its comment', async () => {
  const { privateKey, publicKey } = await generateKeyPair('me@here');
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  expect(publicKey).toBe(`ssh-ed25519 ${parsed.getPublicSSH().toString('base64')} me@here`);
});

it('throws a malformed pair away', async () => {
  const good = ssh2.utils.generateKeyPairSync.bind(ssh2.utils);
  const made = vi.spyOn(ssh2.utils, 'generateKeyPairSync').mockImplementationOnce(() => ({
    private: good('ed25519').private.replace(/\n.{20}/, '\n'),
    public: 'malformed',
  }));
  onTestFinished(() => made.mockRestore());
  expect((await generateKeyPair()).publicKey).toMatch(/^ssh-ed25519 /);
  expect(made).toHaveBeenCalledTimes(2);
});

import { describe, expect, it } from 'vitest';
import { chooseRecipe } from '../../src/recipes/choose-recipe.ts';
import { parseConfig } from '../../src/config/load.ts';

const plain = parseConfig('', 'podbsd.toml');
const poudriere = parseConfig('build.recipe = "poudriere"', 'podbsd.toml');
const bake = parseConfig('build.recipe = "bake"', 'podbsd.toml');

describe('the recipe', () => {
  it('is what the host can do', () => {
    expect(chooseRecipe({}, plain, 'freebsd')).toBe('poudriere');
    expect(chooseRecipe({}, plain, 'linux')).toBe('bake');
    expect(chooseRecipe({}, plain, 'darwin')).toBe('bake');
  });

  it('is the configured one, and the command line goes before', () => {
    expect(chooseRecipe({}, poudriere, 'linux')).toBe('poudriere');
    expect(chooseRecipe({}, bake, 'freebsd')).toBe('bake');
    expect(chooseRecipe({ recipe: 'poudriere' }, bake, 'linux')).toBe('poudriere');
  });

  it('is Poudriere in a machine of podbsd’s own, also where baking is the rule', () => {
    expect(chooseRecipe({ builder: 'vm' }, bake, 'linux')).toBe('poudriere');
  });

  it('is Poudriere on a builder, whatever this host is', () => {
    expect(chooseRecipe({ host: 'ssh://root@builder' }, plain, 'linux')).toBe('poudriere');
    expect(chooseRecipe({ host: 'ssh://root@builder' }, bake, 'linux')).toBe('poudriere');
    expect(() => chooseRecipe({ host: 'ssh://root@builder', recipe: 'bake' }, plain, 'linux')).toThrow(
      /--host names another/,
    );
  });
});

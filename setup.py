"Every setting is in settings.ini."
from configparser import ConfigParser
from pathlib import Path
import setuptools

here = Path(__file__).parent
config = ConfigParser(delimiters=['='])
config.read(here/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']
def listed(key): return cfg.get(key, '').split()
minor = int(cfg['min_python'].split('.')[1])
extras = {name: listed(f'{name}_requirements') for name in ('models', 'lab', 'dev')}
readme = here/'README.md'

setuptools.setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'],
    author=cfg['author'], author_email=cfg['author_email'], license='MIT', url=cfg['git_url'],
    classifiers=['Intended Audience :: Developers', 'Intended Audience :: Science/Research', 'Natural Language :: English',
                 *[f'Programming Language :: Python :: 3.{m}' for m in range(minor, 14)]],
    packages=setuptools.find_packages(include=['imgqa_nb', 'imgqa_nb.*'], exclude=['imgqa_nb.experiments*']),
    package_data={'imgqa_nb': ['**/*.json', '**/*.onnx', '**/*.npz', '**/*.npy', '**/*.html', '**/*.js', '**/*.css', '**/*.jpg', '**/*.png', '**/*.md', '**/*.ipynb']},
    include_package_data=True, zip_safe=False, python_requires='>='+cfg['min_python'],
    install_requires=listed('requirements'), extras_require={**extras, 'all': sum(extras.values(), [])},
    long_description=readme.read_text(encoding='utf-8') if readme.exists() else '', long_description_content_type='text/markdown',
    entry_points={'console_scripts': listed('console_scripts'), 'nbdev': ['imgqa_nb=imgqa_nb._modidx:d']},
)

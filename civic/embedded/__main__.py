from civic.embedded.cli import main

main()

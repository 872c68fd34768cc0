# What `cmake --install` lays out: the program, what it is started with, and its documentation; nothing of the tests.
# tools/package.sh adds the libraries to this tree.
install(TARGETS lockstep RUNTIME DESTINATION bin)
install(DIRECTORY configs DESTINATION share/lockstep)
install(DIRECTORY slurm DESTINATION share/lockstep USE_SOURCE_PERMISSIONS)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION share/doc/lockstep)
install(DIRECTORY docs DESTINATION share/doc/lockstep)

# The pages of the manual and the completion for shells are made by the program itself, of its --help.
install(CODE "
  set(share \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share\")
  execute_process(COMMAND \"${PROJECT_BINARY_DIR}/lockstep\" man --all \"\${share}/man/man1\" COMMAND_ERROR_IS_FATAL ANY)
  file(MAKE_DIRECTORY \"\${share}/bash-completion/completions\" \"\${share}/zsh/site-functions\")
  execute_process(COMMAND \"${PROJECT_BINARY_DIR}/lockstep\" completion bash
    OUTPUT_FILE \"\${share}/bash-completion/completions/lockstep\" COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND \"${PROJECT_BINARY_DIR}/lockstep\" completion zsh
    OUTPUT_FILE \"\${share}/zsh/site-functions/_lockstep\" COMMAND_ERROR_IS_FATAL ANY)
")
